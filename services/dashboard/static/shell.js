// What all pages share: keyboard shortcuts for going from page to page, and the frame with what was found in it.
import "/static/frame.js";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || !event.altKey || !/^[1-9]$/.test(event.key)) return;
  const entry = document.querySelectorAll(".okko-entry")[Number(event.key) - 1];
  if (entry) {
    event.preventDefault();
    entry.click();
  }
});
