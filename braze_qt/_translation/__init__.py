"""Our texts for end users, in the language of the application."""
