"""Orders from outside: a CSV of order lines, streamed, or one order over the API. Both end in the same merge.

scan -> split by order -> read rows -> group into orders -> parties -> merge (SQL) -> summary, refusals in file order
"""
