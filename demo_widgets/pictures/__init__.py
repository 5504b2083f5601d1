"""Pictures and static pages, made without a browser and without a widget library."""
