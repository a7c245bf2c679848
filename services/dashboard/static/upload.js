// A field for a model file: sends it as it is, says how far it is, and goes to the page of the job that looks at it.
class Upload extends HTMLElement {
  connectedCallback() {
    if (this.firstChild) return;
    const label = document.createElement("label");
    label.className = "okko-file";
    label.append(this.getAttribute("label"));
    this.field = document.createElement("input");
    this.field.type = "file";
    this.field.accept = ".tflite";
    this.field.addEventListener("change", () => this.send());
    label.append(this.field);
    this.told = document.createElement("p");
    this.told.setAttribute("role", "status");
    this.append(label, this.told);
  }

  send() {
    const file = this.field.files[0];
    if (!file) return;
    this.field.disabled = true;
    const request = new XMLHttpRequest();
    request.open("POST", `/api/models/upload?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("X-Okko-CSRF", this.getAttribute("csrf"));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.addEventListener("progress", (event) => {
      this.told.textContent = `${this.getAttribute("sending")} ${Math.round((100 * event.loaded) / event.total)} %`;
    });
    request.addEventListener("load", () => this.answered(request));
    request.addEventListener("error", () => this.refused(this.getAttribute("failed")));
    request.send(file);
  }

  answered(request) {
    let answer = {};
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      // No JSON: something before our server answered.
    }
    if (request.status === 200 && answer.job) window.location.assign(`/job/${answer.job}`);
    else this.refused(answer.error || this.getAttribute("failed"));
  }

  refused(text) {
    this.told.textContent = text;
    this.told.className = "okko-concern stops";
    this.field.disabled = false;
    this.field.value = "";
  }
}

customElements.define("okko-upload", Upload);
