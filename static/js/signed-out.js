// After a 401, a form with text is submitted without htmx: the server then asks for the sign-in, keeps the fields and
// continues with the form. After any other request that gets a 401, a notice above the page is shown.
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
