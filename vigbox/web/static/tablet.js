// Sends this tablet's time along with an unlock: a box without a clock chip takes it for its own.
for (const field of document.querySelectorAll("[data-tablet-time]")) {
  field.form.addEventListener("submit", () => { field.value = new Date().toISOString(); });
}
