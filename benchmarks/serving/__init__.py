"""Serving, measured beside the peers: same model, same numbers, one sitting, one pinned core."""
