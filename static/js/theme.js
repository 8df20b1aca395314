// Light, dark and automatic colours change nothing but the colours. Without this script the form loads the page again.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-theme-form]") || !event.submitter) return;
  event.preventDefault();
  const { value } = event.submitter;
  const body = new URLSearchParams({ theme: value });
  try {
    const response = await fetch(form.action, { method: "POST", body, headers: { "HX-Request-Type": "partial" } });
    if (!response.ok) return;
  } catch {
    return;
  }
  if (value) document.documentElement.dataset.theme = value;
  else delete document.documentElement.dataset.theme;
  document.querySelector("meta[name=color-scheme]").content = value || "light dark";
  for (const button of form.querySelectorAll("button")) {
    if (button.value === value) button.setAttribute("aria-pressed", "true");
    else button.removeAttribute("aria-pressed");
  }
  for (const meta of document.querySelectorAll("meta[name=theme-color]")) {
    const scheme = meta.dataset.scheme;
    meta.media = !value ? `(prefers-color-scheme: ${scheme})` : value === scheme ? "all" : "not all";
  }
});
