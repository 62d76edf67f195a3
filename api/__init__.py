"""The shell around all of it: HTTP, pages, jobs, the command line. The rules live in the pure packages."""
