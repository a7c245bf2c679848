// The login: where to begin typing, whether capitals are locked, and how long to wait.

class Login extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector("form");
    const name = form.querySelector("[name=name]");
    const password = form.querySelector("[name=password]");
    const caps = form.querySelector(".okko-caps");
    name.value = sessionStorage.getItem("okko-name") ?? "";
    (name.value ? password : name).focus();
    for (const type of ["keydown", "keyup"]) {
      form.addEventListener(type, (event) => {
        if (event.getModifierState) caps.hidden = !event.getModifierState("CapsLock");
      });
    }
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "yes"; // a second tap is no second attempt
      sessionStorage.setItem("okko-name", name.value);
    });
    window.addEventListener("pageshow", () => delete form.dataset.sent);
  }
}

class Wait extends HTMLElement {
  connectedCallback() {
    const end = performance.now() + Number(this.dataset.seconds) * 1000;
    const button = this.closest("form")?.querySelector("[type=submit]");
    const tick = () => {
      const left = Math.ceil((end - performance.now()) / 1000);
      if (button) button.disabled = left > 0;
      if (left > 0) {
        const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
        this.textContent = this.dataset.until.replace("{time}", time);
        setTimeout(tick, 250);
      } else {
        this.textContent = this.dataset.then;
      }
    };
    // The button stands behind this one and may not be there yet.
    queueMicrotask(tick);
  }
}

customElements.define("okko-login", Login);
customElements.define("okko-wait", Wait);
