"""HTTP on this machine alone: what the callback's listener and the sandbox are both built on."""
