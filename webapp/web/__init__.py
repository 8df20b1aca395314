"""The HTML door: pages that work without JavaScript, and partials for htmx."""
