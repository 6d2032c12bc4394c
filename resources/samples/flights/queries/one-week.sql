-- engine: athena
-- database: flights
-- The table is partitioned by day, so a condition on day reads seven folders and leaves the others alone:
-- compare the bytes scanned with and without it.
SELECT
  day,
  origin,
  count(*) AS flights,
  max(delay) AS longest_delay
FROM flights
WHERE day BETWEEN DATE '2001-02-05' AND DATE '2001-02-11'
GROUP BY day, origin
ORDER BY longest_delay DESC
LIMIT 50;
