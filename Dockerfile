# One file for all agents; EXTRAS says what an image is for, so that it holds what its agent needs and no more:
#
#   EXTRAS=                     decision agent, recorder: neither OpenCV, nor NumPy, nor LiteRT
#   EXTRAS=camera               a camera: OpenCV, no LiteRT
#   EXTRAS=inference            LiteRT and OpenCV
#   EXTRAS="dashboard inference"  the page, and what teaches
#
#   docker build --build-arg EXTRAS=camera -t okko-camera .
#   docker buildx build --platform linux/amd64,linux/arm64 --build-arg EXTRAS=camera -t REGISTRY/okko-camera --push .
#
# Nothing is compiled: every package comes as a wheel for both platforms (tests/unit/test_wheels.py).

# Debian's own C library and the Python that Raspberry Pi OS (bookworm) has, and that the tests run on. One's own image
# may take its place, with apt's picamera2 in it (docs/how-to/containers.md).
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

# -- what is installed is made here; uv, pip and their caches stay behind ------------------------------------------------
FROM ${PYTHON_IMAGE} AS build

# From PyPI, not from uv's own image: one registry less to reach.
ARG UV_VERSION=0.13.9
RUN python3 -m venv /opt/uv && /opt/uv/bin/pip install --no-cache-dir -q uv==${UV_VERSION}

# The image's own Python, and the authorities that its system trusts (a company's proxy); compiled once here, since the
# containers' file systems are read-only.
ENV UV_PYTHON_DOWNLOADS=never \
    UV_SYSTEM_CERTS=1 \
    UV_NO_CACHE=1 \
    UV_LINK_MODE=copy \
    UV_COMPILE_BYTECODE=1 \
    UV_PROJECT_ENVIRONMENT=/opt/okko
WORKDIR /src

# An environment that sees the system's packages, for a base image with apt's picamera2: SYSTEM_SITE_PACKAGES=1.
ARG SYSTEM_SITE_PACKAGES=
RUN /opt/uv/bin/uv venv --python "$(command -v python3)" ${SYSTEM_SITE_PACKAGES:+--system-site-packages} /opt/okko

# The packages first, ours last: a change of the program does not download them again.
ARG EXTRAS=
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN for extra in ${EXTRAS}; do set -- "$@" --extra "${extra}"; done \
 && /opt/uv/bin/uv sync --frozen --no-dev --no-install-project "$@"
COPY mosquitto/mosquitto.conf mosquitto/
COPY models/backbone-lite0 models/backbone-lite0/
COPY services services/
RUN for extra in ${EXTRAS}; do set -- "$@" --extra "${extra}"; done \
 && /opt/uv/bin/uv sync --locked --no-dev --no-editable "$@"

# -- what is shipped -----------------------------------------------------------------------------------------------------
FROM ${PYTHON_IMAGE}

# A user without a name on the host, and the folder of the data: a new volume is given to whom the folder belongs.
RUN groupadd --gid 10001 okko \
 && useradd --uid 10001 --gid okko --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin okko \
 && install -d -o okko -g okko -m 0750 /data
COPY --from=build /opt/okko /opt/okko

# Logs are not held back; a station finds its data on the volume, and says there is life where the health check looks.
ENV PATH=/opt/okko/bin:${PATH} \
    PYTHONUNBUFFERED=1 \
    OKKO_DATA=/data \
    OKKO_HEARTBEAT=/tmp/okko-alive \
    TZ=Etc/UTC
USER 10001:10001
WORKDIR /okko

# Healthy: some agent beats here, and none has stopped for 5 s. An agent beats each second while its loop turns and it has
# the broker. Two processes of a few milliseconds; a Python would cost a Raspberry Pi half a second of a core each time.
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=3 CMD \
    test -n "$(find /tmp/okko-alive -type f)" && test -z "$(find /tmp/okko-alive -type f ! -newermt '5 seconds ago')"

ENTRYPOINT ["okko"]
CMD ["--help"]
