// The search runs in a Worker, and a browser starts none for a page that lies on a disk. There a hidden frame takes its place.
if (location.protocol === "file:") {
  window.Worker = class {
    #frame = document.createElement("iframe");
    #waiting = [];

    constructor(url) {
      this.#frame.hidden = true;
      document.body.append(this.#frame);
      const scope = this.#frame.contentWindow;
      scope.postMessage = (data) => setTimeout(() => this.onmessage?.({ data }));
      const script = scope.document.createElement("script");
      script.src = new URL(url, location);
      script.onload = () => {
        for (const data of this.#waiting) this.#deliver(data);
        this.#waiting = null;
      };
      script.onerror = (event) => this.onerror?.(event);
      scope.document.body.append(script);
    }

    postMessage(data) {
      if (this.#waiting) this.#waiting.push(data);
      else this.#deliver(data);
    }

    terminate() {
      this.#frame.remove();
    }

    #deliver(data) {
      setTimeout(() => this.#frame.contentWindow?.onmessage?.({ data }));
    }
  };
}
