// A COCO file that somebody chooses is sent at once; what came of it is told beside the field.
document.addEventListener("change", async (event) => {
  const field = event.target.closest?.("input[data-coco]");
  if (!field?.files.length) return;
  const told = document.querySelector("[data-coco-told]");
  told.textContent = "…";
  field.disabled = true;
  try {
    const answer = await fetch("/api/coco", { method: "POST", headers: { "X-Okko-CSRF": field.dataset.csrf }, body: field.files[0] });
    const said = await answer.json();
    told.textContent = said.error ?? [
      field.dataset.done.replace("{annotations}", said.annotations).replace("{frames}", said.frames).replace("{left_out}", said.left_out),
      ...said.problems,
    ].join("\n");
    if (answer.ok) field.dispatchEvent(new Event("taken"));
  } catch (error) {
    told.textContent = String(error);
  }
  field.disabled = false;
  field.value = "";
});
