// A form that makes something is sent once: a second tap would throw the first one's answer away,
// and with it words that are shown once.
addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !("once" in form.dataset)) return;
  if ("sent" in form.dataset) event.preventDefault();
  form.dataset.sent = "";
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
