-- engine: athena
-- database: flights
-- How late flights are, hour by hour. The lake is read in place: only the two columns named here count as bytes scanned.
SELECT
  hour,
  count(*) AS flights,
  round(avg(CAST(delay AS double)), 1) AS average_delay,
  approx_percentile(delay, 0.9) AS delay_p90
FROM flights
GROUP BY hour
ORDER BY hour;
