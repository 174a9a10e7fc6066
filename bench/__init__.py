"""`make bench`: how fast the desk is, as ratios against what the same run could reach at best."""
