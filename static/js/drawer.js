// The list of chats on a phone: a drawer that holds the focus. Without this script the link #sidebar opens it.
(() => {
  const drawer = () => document.querySelector("[data-drawer]");
  const close = (refocus) => {
    if (!drawer()?.hasAttribute("data-open")) return;
    drawer().removeAttribute("data-open");
    document.querySelector("#main").inert = false;
    if (refocus) document.querySelector("[data-drawer-open]")?.focus();
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-drawer-open]")) {
      event.preventDefault();
      drawer().setAttribute("data-open", "");
      document.querySelector("#main").inert = true;
      drawer().querySelector("[data-drawer-close]").focus();
    } else if (event.target.closest?.("[data-drawer-close]")) {
      event.preventDefault();
      close(true);
    } else if (!event.target.closest?.("[data-drawer]")) {
      close(false);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || !drawer()?.hasAttribute("data-open")) return;
    if (document.querySelector("details.menu[open], dialog[open], #selecting:checked, .row-rename")) return;
    event.preventDefault();
    close(true);
  });
  document.addEventListener("htmx:after:history:push", () => close(false));
})();
