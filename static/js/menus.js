// Menus and the title form close on Escape and on a click elsewhere. The title form opens with its text selected.
(() => {
  const open = () => document.querySelectorAll("details.menu[open], details.rename[open]");
  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("details.rename") && event.target.open) event.target.querySelector("[name=title]").select();
  }, true);
})();
