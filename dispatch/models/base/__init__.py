"""What all documents share: atomic writes, counted tries, and lightweight outlines."""
