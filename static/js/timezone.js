// Store the browser's time zone in a cookie. The server uses it for dates and times, from the next page on.
(() => {
  // The bundle's URL begins with the URL prefix of the app.
  const root = new URL("..", document.currentScript.src).pathname;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.includes(`tz=${zone}`)) {
    document.cookie = `tz=${zone}; path=${root}; max-age=31536000; samesite=lax`;
  }
})();
