"""The pages that people see: server-rendered, in French, working without JavaScript (pages.md)."""
