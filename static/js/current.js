// A link to a chat swaps only the main region, so this script marks the open chat in the list. After a form was sent,
// the list is swapped, too.
(() => {
  const mark = () => {
    for (const row of document.querySelectorAll("#session-list a.row")) {
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
    const inUse = field?.value || document.querySelector("#session-list details[open]");
    const place = tasks?.findIndex((task) => task.target?.id === "session-list") ?? -1;
    if (inUse && place >= 0 && !event.target.closest?.("#session-list")) tasks.splice(place, 1);
  });
  document.addEventListener("htmx:config:request", (event) => {
    const { ctx } = event.detail;
    if (!event.target.matches("form[method=post]:not([hx-post])")) return;
    ctx.selectOOB = "#session-list";
    ctx.push = "false";
    ctx.replace = "true";
  });
})();
