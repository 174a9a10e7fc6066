"""Stories: requests of the platform, messages of people, the replies and news, and the state afterwards."""
