import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.SimpleStringEncoder;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.connector.file.src.FileSource;
import org.apache.flink.connector.file.src.reader.TextLineInputFormat;
import org.apache.flink.core.fs.Path;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.filesystem.bucketassigners.BasePathBucketAssigner;

/** IN OUT: how often each word is in the lines of IN. */
public class FlinkCount {
  public static void main(String[] args) throws Exception {
    var flink = StreamExecutionEnvironment.getExecutionEnvironment();
    flink.setRuntimeMode(RuntimeExecutionMode.BATCH);
    var lines = FileSource.forRecordStreamFormat(new TextLineInputFormat(), new Path(args[0])).build();
    var out =
        FileSink.forRowFormat(new Path(args[1]), new SimpleStringEncoder<String>())
            .withBucketAssigner(new BasePathBucketAssigner<>())
            .build();
    flink
        .fromSource(lines, WatermarkStrategy.noWatermarks(), "lines")
        .<Tuple2<String, Integer>>flatMap(
            (line, words) -> {
              for (var word : line.split(" ")) words.collect(Tuple2.of(word, 1));
            })
        .returns(Types.TUPLE(Types.STRING, Types.INT))
        .keyBy(pair -> pair.f0)
        .sum(1)
        .map(pair -> pair.f0 + "\t" + pair.f1)
        .sinkTo(out);
    flink.execute("words");
  }
}
