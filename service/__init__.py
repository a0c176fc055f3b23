"""Where the parts meet: settings, process supervision, embedded servers, the command line."""
