// The Content-Security-Policy requires Trusted Types. Only htmx gets a policy: it may create HTML, but no scripts.
(() => {
  const policy = window.trustedTypes?.createPolicy("htmx", { createHTML: (text) => text, createScript: () => "" });
  const NoCode = function () { throw new Error("Code in attributes is switched off."); };
  htmx.registerExtension("trusted-types", { init: (api) => api.initSecurity(policy, NoCode, NoCode) });
})();
