/**
 * Published answers of TPC-H at scale 1 with the validation parameters, by query: all rows, or how many there are with some of them by their
 * place; values apart by `|`. They are those of the Transaction Processing Performance Council (TPC Benchmark H, Standard Specification, and
 * the answers that come with dbgen), as public projects repeat them: DuckDB (extension/tpch/dbgen/answers/sf1), and for the texts and
 * counts in which DuckDB's own generator differs from dbgen (queries 10, 13, 15 and 17) the tests of others.
 */
export interface TpchAnswer {
  readonly rows: number
  readonly at: Readonly<Record<number, string>>
}

const all = (...rows: string[]): TpchAnswer => ({ rows: rows.length, at: { ...rows } })

export const TPCH_ANSWERS: Readonly<Record<number, TpchAnswer>> = {
  1: all(
    'A|F|37734107.00|56586554400.73|53758257134.8700|55909065222.827692|25.522005853257337|38273.129734621674|0.049985295838397614|1478493',
    'N|F|991417.00|1487504710.38|1413082168.0541|1469649223.194375|25.516471920522985|38284.4677608483|0.0500934266742163|38854',
    'N|O|74476040.00|111701729697.74|106118230307.6056|110367043872.497010|25.50222676958499|38249.11798890827|0.049996586053704085|2920374',
    'R|F|37719753.00|56568041380.90|53741292684.6040|55889619119.831932|25.50579361269077|38250.85462609966|0.05000940583012706|1478870',
  ),
  2: {
    rows: 100,
    at: {
      0: '9938.53|Supplier#000005359|UNITED KINGDOM|185358|Manufacturer#4|QKuHYh,vZGiwu2FWEJoLDx04|33-429-790-6131|uriously regular requests hag',
    },
  },
  3: all(
    '2456423|406181.0111|1995-03-05|0',
    '3459808|405838.6989|1995-03-04|0',
    '492164|390324.0610|1995-02-19|0',
    '1188320|384537.9359|1995-03-09|0',
    '2435712|378673.0558|1995-02-26|0',
    '4878020|378376.7952|1995-03-12|0',
    '5521732|375153.9215|1995-03-13|0',
    '2628192|373133.3094|1995-02-22|0',
    '993600|371407.4595|1995-03-05|0',
    '2300070|367371.1452|1995-03-13|0',
  ),
  4: all('1-URGENT|10594', '2-HIGH|10476', '3-MEDIUM|10410', '4-NOT SPECIFIED|10556', '5-LOW|10487'),
  5: all('INDONESIA|55502041.17', 'VIETNAM|55295087.00', 'CHINA|53724494.26', 'INDIA|52035512.00', 'JAPAN|45410175.70'),
  6: all('123141078.2283'),
  7: all(
    'FRANCE|GERMANY|1995|54639732.7336',
    'FRANCE|GERMANY|1996|54633083.3076',
    'GERMANY|FRANCE|1995|52531746.6697',
    'GERMANY|FRANCE|1996|52520549.0224',
  ),
  8: all('1995|0.03', '1996|0.04'),
  9: { rows: 175, at: { 0: 'ALGERIA|1998|27136900.1803' } },
  10: {
    rows: 20,
    at: {
      0: '57040|Customer#000057040|734235.2455|632.87|JAPAN|Eioyzjf4pp|22-895-641-3466|sits. slyly regular requests sleep alongside of the regular inst',
    },
  },
  11: { rows: 1048, at: { 1046: '72073|7877736.11', 1047: '5182|7874521.73' } },
  12: all('MAIL|6202|9324', 'SHIP|6200|9262'),
  13: all(
    ...`0|50005 9|6641 10|6532 11|6014 8|5937 12|5639 13|5024 19|4793 7|4687 17|4587 18|4529 20|4516 15|4505 14|4446 16|4273 21|4190
    22|3623 6|3265 23|3225 24|2742 25|2086 5|1948 26|1612 27|1179 4|1007 28|893 29|593 3|415 30|376 31|226 32|148 2|134 33|75 34|50 35|37
    1|17 36|14 38|5 37|5 40|4 41|2 39|1`.split(/\s+/),
  ),
  14: all('16.380778626395543'),
  15: all('8449|Supplier#000008449|Wp34zim9qYFbVctdW|20-469-856-8873|1772627.2087'),
  16: {
    rows: 18_314,
    at: { 0: 'Brand#41|MEDIUM BRUSHED TIN|3|28', 1: 'Brand#54|STANDARD BRUSHED COPPER|14|27' },
  },
  17: all('348406.05'),
  18: {
    rows: 57,
    at: {
      0: 'Customer#000128120|128120|4722021|1994-04-07|544089.09|323.00',
      1: 'Customer#000144617|144617|3043270|1997-02-12|530604.44|317.00',
      56: 'Customer#000088703|88703|2995076|1994-01-30|363812.12|302.00',
    },
  },
  19: all('3083843.06'),
  20: {
    rows: 186,
    at: {
      0: 'Supplier#000000020|iybAE,RmTymrZVYaFZva2SH,j',
      185: 'Supplier#000009974|7wJ,J5DKcxSU4Kp1cQLpbcAvB5AsvKT',
    },
  },
  21: {
    rows: 100,
    at: { 0: 'Supplier#000002829|20', 1: 'Supplier#000005808|18', 99: 'Supplier#000002483|12' },
  },
  22: all(
    '13|888|6737713.99',
    '17|861|6460573.72',
    '18|964|7236687.40',
    '23|892|6701457.95',
    '29|948|7158866.63',
    '30|909|6808436.13',
    '31|922|6806670.18',
  ),
}
