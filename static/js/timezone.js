// Tell the server the reader's time zone, so that days and times are the reader's. It counts from the next page on.
(() => {
  // The bundle's address begins with the path that all this runs below.
  const root = new URL("..", document.currentScript.src).pathname;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.includes(`tz=${zone}`)) {
    document.cookie = `tz=${zone}; path=${root}; max-age=31536000; samesite=lax`;
  }
})();
