"""Every query that the product makes while the tests run is explained, over a database with a long history."""
