// A sign-in that ran out while somebody typed: the form is sent as without htmx, and the server asks who it is first,
// keeps all that was in it, and goes on with it. Whatever else is refused is told above the page, where it stays.
(() => {
  const notice = () => document.querySelector("#signed-out");

  document.addEventListener("htmx:response:error", (event) => {
    if (event.detail.ctx?.response?.status !== 401) return;
    const form = event.target.closest?.("form");
    if (form?.querySelector("textarea") && event.target === form) {
      HTMLFormElement.prototype.submit.call(form);
    } else if (notice()) {
      notice().hidden = false;
    }
  });
  document.addEventListener("htmx:after:request", (event) => {
    if (event.detail.ctx?.response?.status < 300 && notice()) notice().hidden = true;
  });
})();
