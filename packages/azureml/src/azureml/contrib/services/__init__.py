"""What scripts with `@rawhttp` import; a script in a service gets the server's own."""
