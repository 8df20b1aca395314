"""The Model Context Protocol (MCP) over HTTP: one address, JSON answers, no state between requests.

It speaks the revision 2026-07-28, in which each request states its version, and 2025-03-26 to 2025-11-25, which begin
with `initialize`. The types of the protocol (`mcp_types`) are imported with the first request.
"""
