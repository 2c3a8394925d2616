"""The rights of the group under which the functions run: enough for the job, and none too many."""



