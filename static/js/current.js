// A link to a chat swaps only the main region, so this script marks the open chat in the list, or the open tag.
(() => {
  const mark = () => {
    for (const row of document.querySelectorAll("#session-list a.row, #shelf-rows a")) {
      if (row.pathname === location.pathname) row.setAttribute("aria-current", "page");
      else row.removeAttribute("aria-current");
    }
  };
  document.addEventListener("htmx:after:history:push", mark);
  document.addEventListener("htmx:after:history:replace", mark);
  document.addEventListener("htmx:after:swap", mark);
  // Automatic updates do not replace a list that is filtered or has an open menu.
  document.addEventListener("htmx:before:swap", (event) => {
    const { tasks, ctx } = event.detail;
    const field = document.querySelector("#search-field");
    if (ctx?.sourceElement === field) return;
    const inUse = field?.value || document.querySelector("#session-list details[open], #session-list .row-rename");
    const place = tasks?.findIndex((task) => task.target?.id === "session-list") ?? -1;
    if (inUse && place >= 0 && !event.target.closest?.("#session-list")) tasks.splice(place, 1);
  });
  // A form that changes a chat (pin, rename, archive) gets the regions that it changed, and nothing else is replaced.
  // An error is shown above the chat.
  document.addEventListener("htmx:config:request", ({ target, detail: { ctx } }) => {
    const notices = document.querySelector("#notices");
    if (!notices || !target.matches("form[method=post]:not([hx-post])")) return;
    Object.assign(ctx, { target: notices, swap: "innerHTML", select: null, selectOOB: null, push: "false", replace: "false" });
  });
})();
