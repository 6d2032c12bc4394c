-- engine: athena
-- database: flights
-- Parquet joined with CSV: which cities do delayed flights leave from, and how far do they go?
WITH late AS (
  SELECT origin, distance, delay
  FROM flights
  WHERE late
)
SELECT
  a.city,
  a.state,
  count(*) AS late_flights,
  round(avg(CAST(l.delay AS double)), 1) AS average_delay,
  round(avg(CAST(l.distance AS double))) AS average_distance
FROM late l
JOIN airports a ON a.iata = l.origin
GROUP BY a.city, a.state
HAVING count(*) > 1000
ORDER BY average_delay DESC;
