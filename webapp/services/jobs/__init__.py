"""Long work in batches: a row for each job, threads of the serving processes, or a command's own process.

Any process may claim a job. The attempt is the fence: a batch is stored only while its process holds the claim, and in
the same transaction as the job's progress. So a job may end at any moment and continues with the next batch.
"""
