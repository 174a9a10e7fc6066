"""Every query that the product makes during the tests is explained by MongoDB, on a database with a long history."""
