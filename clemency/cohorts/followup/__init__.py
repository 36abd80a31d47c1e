"""Cases, acts and a last day -> until when each case is followed, and what ends it."""
