"""Who may do what at the dashboard, as its process answers over HTTP: a page that hides a button protects nothing."""

import json
import re
import sqlite3
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from a_certificate import made_certificate
from a_page import PASSWORD, PageAlone, Visitor
from dashboard.access.book import file_of
from dashboard.access.role import Role
from dashboard.web.pages_held import MOST

ACCOUNTS = {"vera": "viewer", "oscar": "operator", "tina": "technician"}
SOCKET = "/_nicegui_ws/socket.io/?EIO=4&transport=websocket"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageAlone]:
    """A dashboard that everybody may look at, with one account of each role."""
    running = PageAlone(tmp_path_factory.mktemp("page"))
    for name, role in ACCOUNTS.items():
        running.add_user(name, role)
    running.start()
    yield running
    assert running.stop() == 0
    assert "Traceback" not in running.log()


@pytest.fixture(scope="module")
def visitors(page: PageAlone) -> dict[Role, Visitor]:
    """Somebody of each role; who has not logged in may look too."""
    found = {Role.NOBODY: Visitor(page)}
    for name, role in ACCOUNTS.items():
        found[Role.of(role)] = visitor = Visitor(page)
        visitor.log_in(name)
    return found


def audited(page: PageAlone) -> list[dict[str, str]]:
    """The audit, oldest first."""
    return [json.loads(line) for line in page.okko("audit", "--json", "--limit", "1000").splitlines()]


def test_every_action_is_refused_to_a_lower_role(page: PageAlone, visitors: dict[Role, Visitor]) -> None:
    """By the server, whatever the page shows; and each attempt to change something stands in the audit."""
    from dashboard.all_pages import ACTIONS  # NiceGUI and all pages: not while tests are collected

    before = len(audited(page))
    tried, wrong = [], []
    for action in ACTIONS:
        for role, visitor in visitors.items():
            if max(role, Role.VIEWER) < action.role:
                answer = visitor.act(action.name)
                tried += [(action.name, "refused")] if action.audited else []
                if answer.status_code != 403 or action.role.word not in answer.json()["error"]:
                    wrong.append((action.name, role, answer.text))
    assert not wrong
    assert len(tried) > len(ACTIONS)
    assert [(entry["action"], entry["result"]) for entry in audited(page)[before:]] == tried


def test_who_has_the_role_gets_through(page: PageAlone, visitors: dict[Role, Visitor]) -> None:
    """An account from its making to its end, by a technician; no password stands in the audit."""
    tina = visitors[Role.TECHNICIAN]
    assert tina.act("users.add", {"name": "ben", "role": "viewer", "password": PASSWORD}).status_code == 200
    assert tina.act("users.role", {"name": "ben", "role": "operator"}).json()["was"] == "viewer"
    ben = Visitor(page)
    assert ben.log_in("ben").headers["location"] == "/"
    assert ben.act("account.password", {"old": "no", "new": "another good one"}).status_code == 409
    assert ben.act("account.password", {"old": PASSWORD, "new": "short"}).status_code == 409
    assert ben.act("account.password", {"old": PASSWORD, "new": "another good one"}).status_code == 200
    assert tina.act("users.end_sessions", {"name": "ben"}).json()["ended"] == 1
    assert ben.act("account.password", {"old": "another good one", "new": PASSWORD}).status_code == 403
    assert tina.act("users.remove", {"name": "ben"}).status_code == 200
    assert tina.act("users.remove", {"name": "tina"}).status_code == 409
    told = json.dumps(audited(page))
    assert PASSWORD not in told
    assert "another good one" not in told


def test_arguments_that_are_wrong_are_not_repeated_in_the_audit(page: PageAlone, visitors: dict[Role, Visitor]) -> None:
    """They may hold a password in the wrong place."""
    answer = visitors[Role.TECHNICIAN].act("users.add", {"name": "x", "passwort": "my own secret", "role": 7})
    assert answer.status_code == 422
    assert "my own secret" not in json.dumps(audited(page))
    assert audited(page)[-1]["object"] == "name passwort role"


@pytest.mark.parametrize("origin", ["http://elsewhere", "null", None])
@pytest.mark.parametrize("path", ["/login", "/logout", "/api/act/trigger"])
def test_another_sites_page_changes_nothing(visitors: dict[Role, Visitor], path: str, origin: str | None) -> None:
    """Whatever cookies the browser sends with it."""
    tina = visitors[Role.TECHNICIAN]
    headers = {"X-Okko-CSRF": tina.csrf, **({} if origin is None else {"Origin": origin})}
    assert tina.client.post(path, content="{}", headers=headers).status_code == 403


@pytest.mark.parametrize("csrf", ["", "without-login", "x" * 43])
def test_an_action_needs_the_secret_of_its_session(visitors: dict[Role, Visitor], csrf: str) -> None:
    """And logging out the same."""
    tina = visitors[Role.TECHNICIAN]
    headers = {"Origin": tina.origin, "X-Okko-CSRF": csrf}
    assert tina.client.post("/api/act/trigger", json={}, headers=headers).status_code == 403
    assert tina.client.post("/logout", data={"csrf": csrf}, headers=headers).status_code == 403
    assert tina.client.get("/audit.csv").status_code == 200


def test_who_guesses_waits(page: PageAlone) -> None:
    """After five, the right password is not looked at either, until the wait is over."""
    page.add_user("gus", "viewer")
    gus = Visitor(page)
    for wait in ("0", "0", "0", "0", "1"):
        assert gus.log_in("gus", "a guess too many").headers["location"] == f"/login?refused=wrong&wait={wait}&next=%2F"
    assert gus.log_in("gus").headers["location"] == "/login?refused=wait&wait=1&next=%2F"
    assert not gus.client.cookies
    time.sleep(1)  # the wait that it was told
    assert gus.log_in("gus").headers["location"] == "/"


@pytest.mark.parametrize("after", ["//elsewhere", "https://elsewhere", "/\\elsewhere", "elsewhere", "/\n/elsewhere"])
def test_a_login_leads_to_no_other_site(page: PageAlone, after: str) -> None:
    """A link to the login page may be anybody's."""
    assert Visitor(page).log_in("vera", after=after).headers["location"] == "/"


def test_a_login_leads_on_to_the_page_that_was_asked_for(page: PageAlone) -> None:
    """With a session of its own: the one before has ended."""
    tina = Visitor(page)
    assert tina.client.get("/users").headers["location"] == "/login?next=/users"
    assert tina.log_in("tina", after="/users?x=1").headers["location"] == "/users?x=1"
    before = dict(tina.client.cookies)
    tina.log_in("tina")
    with Visitor(page).client as other:
        other.cookies.update(before)
        assert other.get("/audit.csv").status_code == 401


def test_a_person_brings_their_language_along(page: PageAlone) -> None:
    """To whichever panel they log in at, whatever was chosen there before."""
    page.add_user("fanny", "viewer")
    chose = Visitor(page)
    chose.log_in("fanny")
    assert chose.client.get("/choose", params={"language": "fr", "next": "/account"}).headers["location"] == "/account"
    panel = Visitor(page)
    panel.client.get("/choose", params={"language": "en"})
    assert "Log in" in panel.client.get("/login").text
    panel.log_in("fanny")
    assert "Se déconnecter" in panel.client.get("/account").text


def test_a_logout_ends_the_session_not_only_the_cookie(page: PageAlone) -> None:
    """Who kept the cookie has nothing."""
    tina = Visitor(page)
    tina.log_in("tina")
    kept = dict(tina.client.cookies)
    answer = tina.client.post("/logout", data={"csrf": tina.csrf}, headers={"Origin": tina.origin})
    assert answer.headers["location"] == "/login?refused=out"
    assert not tina.client.cookies
    tina.client.cookies.update(kept)
    assert tina.client.get("/audit.csv").status_code == 401


def test_a_session_that_has_expired_is_none(page: PageAlone) -> None:
    """Its cookie may be there still."""
    tina = Visitor(page)
    tina.log_in("tina")
    assert tina.client.get("/audit.csv").status_code == 200
    with sqlite3.connect(file_of(page.data)) as db:
        db.execute("UPDATE sessions SET expires_ms = created_ms + 1 WHERE csrf = ?", (tina.csrf,))
    db.close()
    time.sleep(1)  # what was asked before this may be remembered
    assert tina.client.get("/audit.csv").status_code == 401
    assert tina.client.get("/users").headers["location"] == "/login?next=/users"


def test_a_page_that_refreshes_itself_keeps_nobody_logged_in(page: PageAlone) -> None:
    """Only to go to a page, or to do something, counts: a panel that was left open ends with its session."""
    tina = Visitor(page)
    tina.log_in("tina")

    def seen_ms() -> int:
        with sqlite3.connect(file_of(page.data)) as db:
            (found,) = db.execute("SELECT seen_ms FROM sessions WHERE csrf = ?", (tina.csrf,)).fetchone()
        db.close()
        return int(found)

    time.sleep(1)  # what was asked before this may be remembered
    with sqlite3.connect(file_of(page.data)) as db:
        db.execute("UPDATE sessions SET seen_ms = seen_ms - 1200000 WHERE csrf = ?", (tina.csrf,))
    db.close()
    before = seen_ms()
    assert tina.client.get("/api/live").status_code == 200
    assert seen_ms() == before


def test_who_is_disabled_in_a_terminal_is_out_within_a_second(page: PageAlone) -> None:
    """In a page that is open just the same."""
    page.add_user("dora", "technician")
    dora = Visitor(page)
    dora.log_in("dora")
    assert dora.act("users.enable", {"name": "dora"}).status_code == 200
    page.okko("users disable", "dora")
    time.sleep(1)  # what was asked before this may be remembered
    assert dora.act("users.enable", {"name": "dora"}).status_code == 403
    assert dora.log_in("dora").headers["location"].startswith("/login?refused=wrong")


def test_pages_for_technicians_are_shown_to_them_alone(visitors: dict[Role, Visitor]) -> None:
    """To the login without one; with a lower role, a page that says so."""
    for path in ("/users", "/audit"):
        assert visitors[Role.NOBODY].client.get(path).status_code == 303
        shown = visitors[Role.OPERATOR].client.get(path)
        assert "tina" not in shown.text
        assert "technician" in shown.text
        assert "tina" in visitors[Role.TECHNICIAN].client.get(path).text
    statuses = [visitors[role].client.get("/audit.csv").status_code for role in Role]
    assert statuses == [401, 403, 403, 200]


def test_the_audit_as_a_file_is_what_the_filters_let_through(visitors: dict[Role, Visitor]) -> None:
    """With a name that says of which station it is."""
    answer = visitors[Role.TECHNICIAN].client.get("/audit.csv", params={"action": "login", "who": "tina"})
    assert answer.headers["content-disposition"] == 'attachment; filename="audit-station.csv"'
    heading, *lines = answer.text.splitlines()
    assert heading == "time,who,role,address,action,object,result,detail"
    assert lines
    assert {line.split(",")[1:5][-1] for line in lines} == {"login"}


def test_only_scripts_of_the_answer_itself_run(visitors: dict[Role, Visitor]) -> None:
    """Each carries a nonce that the next answer has not; scripts in attributes never run."""
    nonces = set()
    for _ in range(2):
        answer = visitors[Role.TECHNICIAN].client.get("/users")
        policy = answer.headers["content-security-policy"]
        (nonce,) = re.findall(r"'nonce-([^']+)'", policy)
        assert "script-src-attr 'none'" in policy
        assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
        inline = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", answer.text)
        assert inline
        assert all(f'nonce="{nonce}"' in attributes for attributes in inline)
        nonces.add(nonce)
    assert len(nonces) == 2


def test_private_pages_are_kept_nowhere(visitors: dict[Role, Visitor]) -> None:
    """Neither by a browser nor by a proxy on the way; the session's cookie is out of reach of scripts."""
    tina = visitors[Role.TECHNICIAN]
    for path in ("/", "/users", "/audit.csv", "/api/live"):
        assert tina.client.get(path).headers["cache-control"] == "no-store"
    again = Visitor.log_in(tina, "tina")
    cookie = again.headers["set-cookie"]
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(cookie.split("; "))


def test_a_name_that_is_pointed_at_this_machine_is_not_ours(page: PageAlone) -> None:
    """So that a page from elsewhere cannot become one of ours by its name (DNS rebinding)."""
    client = Visitor(page).client
    assert client.get("/api/live", headers={"Host": f"elsewhere.example:{page.port}"}).status_code == 421
    for name in ("localhost", "[::1]", "box-3", "box-3.local", "192.168.0.7"):
        assert client.get("/api/live", headers={"Host": f"{name}:{page.port}"}).status_code == 200


def test_a_form_is_read_to_a_bound(page: PageAlone) -> None:
    """Megabytes of password are not looked at."""
    visitor = Visitor(page)
    assert visitor.announce("/login", 4 * 1024 * 1024 + 1) == 413
    many_fields = visitor.client.post("/login", content=b"&" * 1000, headers={"Origin": visitor.origin})
    assert many_fields.status_code == 400


@pytest.mark.parametrize("path", ["/api/coco", "/api/models/upload?name=model.tflite"])
def test_a_file_is_taken_from_technicians_alone(visitors: dict[Role, Visitor], path: str) -> None:
    """However large it is; of others nothing is read."""
    for role, visitor in visitors.items():
        if role < Role.TECHNICIAN:
            assert visitor.announce(path, 5 * 1024 * 1024) in {401, 403}
    tina = visitors[Role.TECHNICIAN]
    headers = {"Origin": tina.origin, "X-Okko-CSRF": tina.csrf}
    assert tina.client.post(path, content=b" " * (5 * 1024 * 1024), headers=headers).status_code in {200, 422}


@pytest.mark.parametrize("origin", ["http://elsewhere", None])
def test_a_socket_of_another_sites_page_is_refused(page: PageAlone, origin: str | None) -> None:
    """Before a byte of it is read; our own page gets one."""
    address = page.url.replace("http", "ws") + SOCKET
    foreign = None if origin is None else Origin(origin)
    with pytest.raises(InvalidStatus, match="403"), connect(address, origin=foreign):
        pass
    with connect(address, origin=Origin(page.url)) as socket:
        assert str(socket.recv()).startswith("0{")


def test_over_tls_to_nobody_without_a_login(tmp_path: Path) -> None:
    """The certificate is the one given, the cookie goes over TLS alone, and who has no login sees nothing."""
    cert, key = made_certificate(tmp_path)
    page = PageAlone(tmp_path, f'cert = "{cert}"\nkey = "{key}"\nwithout_login = "nothing"', scheme="https")
    page.add_user("tina", "technician")
    trusting = ssl.create_default_context(cafile=cert)
    page.start(verify=trusting)
    try:
        tina = Visitor(page, verify=trusting)
        assert tina.client.get("/").headers["location"] == "/login?next=/"
        assert tina.client.get("/api/live").status_code == 401
        assert tina.act("trigger").status_code == 403
        cookie = tina.log_in("tina").headers["set-cookie"]
        assert cookie.startswith("__Host-okko_session=")
        assert {"Secure", "HttpOnly", "SameSite=strict"} <= set(cookie.split("; "))
        shown = tina.client.get("/users")
        assert shown.status_code == 200
        assert shown.headers["strict-transport-security"].startswith("max-age=")
        assert f"wss://127.0.0.1:{page.port}" in shown.headers["content-security-policy"]
    finally:
        assert page.stop() == 0
    assert "Traceback" not in page.log()


def test_arguments_that_are_none_are_no_fault_of_the_server(page: PageAlone, visitors: dict[Role, Visitor]) -> None:
    """Half a character, a thousand brackets, a list: refused with a reason; and of a stranger little is read."""
    nobody, url = visitors[Role.NOBODY], "/api/act/trigger"
    headers = {"Origin": page.url, "X-Okko-CSRF": "without-login"}
    for body in (b'{"\\ud800": 1}', b'{"a": ' + b"[" * 9000, b"[]", b"\xff", b""):
        answer = nobody.client.post(url, content=body, headers=headers)
        assert (answer.status_code, "JSON" in answer.json()["error"]) == (422, True)
    assert nobody.client.post(url, content=bytes(20_000), headers=headers).status_code == 413


def test_pages_hold_no_handler_for_what_their_person_may_not(visitors: dict[Role, Visitor]) -> None:
    """A packet that says a button was pressed finds nothing behind it."""
    has = {role: '"type":"restart"' in visitor.client.get("/station").text for role, visitor in visitors.items()}
    assert has == {Role.NOBODY: False, Role.VIEWER: False, Role.OPERATOR: False, Role.TECHNICIAN: True}


def test_pages_that_nobody_comes_back_for_are_dropped(page: PageAlone, visitors: dict[Role, Visitor]) -> None:
    """Of those that were asked for last, each can be opened still."""
    login = [
        re.search(r"client_id[^0-9a-f]+([0-9a-f-]{36})", visitors[Role.NOBODY].client.get("/login").text)
        for _ in range(MOST + 5)
    ]
    ids = [found[1] for found in login if found]
    assert len(ids) == MOST + 5

    def is_there(client: str) -> bool:
        asked = f"{page.url.replace('http', 'ws')}{SOCKET}&client_id={client}"
        with connect(asked, origin=Origin(page.url)) as socket:
            socket.recv()
            socket.send("40")
            socket.recv()
            told = {"client_id": client, "tab_id": "t", "old_tab_id": None, "document_id": "d", "next_message_id": 0}
            socket.send(f"421{json.dumps(['handshake', told])}")
            while not (answer := str(socket.recv())).startswith("43"):
                pass
            return answer == "431[true]"

    assert not is_there(ids[0])
    assert is_there(ids[-1])
