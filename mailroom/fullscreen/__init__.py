"""The tray on a full screen of the terminal, with textual (extra ``[tray]``); only looks and keys, no logic."""
