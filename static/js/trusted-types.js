// The page's policy refuses HTML made by scripts; htmx alone may make it, and it may make no code.
(() => {
  const policy = window.trustedTypes?.createPolicy("htmx", { createHTML: (text) => text, createScript: () => "" });
  const NoCode = function () { throw new Error("Code in attributes is switched off."); };
  htmx.registerExtension("trusted-types", { init: (api) => api.initSecurity(policy, NoCode, NoCode) });
})();
