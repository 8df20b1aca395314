// Ctrl+K focuses the search, Ctrl+Shift+O starts a new chat. On a Mac, Cmd works in place of Ctrl.
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
  if (event.key.toLowerCase() === "k" && !event.shiftKey) {
    event.preventDefault();
    document.querySelector("[data-drawer-open]")?.offsetParent && document.querySelector("[data-drawer-open]").click();
    document.querySelector("#search-field")?.focus();
  } else if (event.key.toLowerCase() === "o" && event.shiftKey) {
    event.preventDefault();
    document.querySelector("[data-new-chat]")?.click();
  }
});
