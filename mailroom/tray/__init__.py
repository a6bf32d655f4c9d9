"""The tray (Klärungskorb): what people see of the letters and decide on them."""
