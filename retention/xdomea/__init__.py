"""xdomea 3.0.0 and 3.1.0 as the giving side: offer (0501), decisions (0502), delivery (0503), confirmations."""
