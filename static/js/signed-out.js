// After a 401, a form with text is submitted without htmx: the server then asks for the sign-in, keeps the fields and
// continues with the form. After any other request that gets a 401, a notice above the page is shown; so it is for a
// temporary chat, whose messages are on this page alone.
(() => {
  const notice = () => document.querySelector("#signed-out");

  document.addEventListener("htmx:response:error", (event) => {
    if (event.detail.ctx?.response?.status !== 401) return;
    const form = event.target.closest?.("form");
    if (form?.querySelector("textarea") && event.target === form && !form.matches(".temporary")) {
      HTMLFormElement.prototype.submit.call(form);
    } else if (notice()) {
      notice().hidden = false;
    }
  });
  const hide = (status) => { if (status < 300 && notice()) notice().hidden = true; };
  document.addEventListener("htmx:after:request", ({ detail }) => hide(detail.ctx?.response?.status));
  document.addEventListener("htmx:sse:after:connection", ({ detail }) => hide(detail.connection?.status));
})();
