import com.espertech.esper.common.client.EPCompiled;
import com.espertech.esper.common.client.configuration.Configuration;
import com.espertech.esper.compiler.client.CompilerArguments;
import com.espertech.esper.compiler.client.EPCompilerProvider;
import com.espertech.esper.runtime.client.EPEventService;
import com.espertech.esper.runtime.client.EPRuntime;
import com.espertech.esper.runtime.client.EPRuntimeProvider;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** Esper: RULES is a statement over `Line`. The time is that of the lines. */
final class EsperPeer extends Peer {
  private static final String[] NAMES = {"time", "service", "order_id", "user_id", "duration_ms"};
  private static final Object[] TYPES = {Long.class, String.class, String.class, String.class, Double.class};

  private final JsonFactory json = new JsonFactory();
  private final Configuration settings;
  private final EPCompiled statement;
  private EPRuntime runtime;
  private EPEventService events;
  private long alerts;
  private int passes;

  private EsperPeer(Configuration settings, EPCompiled statement) {
    this.settings = settings;
    this.statement = statement;
  }

  public static void main(String[] args) throws Exception {
    serve(args, EsperPeer::load);
  }

  private static Peer load(Path rules, String option) throws Exception {
    Configuration settings = new Configuration();
    settings.getCommon().addEventType("Line", NAMES, TYPES);
    settings.getRuntime().getThreading().setInternalTimerEnabled(false);
    return new EsperPeer(settings, EPCompilerProvider.getCompiler().compile(Files.readString(rules), new CompilerArguments(settings)));
  }

  @Override
  void begin() throws Exception {
    if (runtime != null) runtime.destroy();
    runtime = EPRuntimeProvider.getRuntime("pass" + passes++, settings);
    runtime.initialize();
    events = runtime.getEventService();
    events.clockExternal();
    var deployed = runtime.getDeploymentService().deploy(statement);
    deployed.getStatements()[0].addListener((now, before, of, by) -> alerts += now == null ? 0 : now.length);
  }

  @Override
  long judge(List<String> lines) throws Exception {
    alerts = 0;
    for (String line : lines) {
      Object[] event = eventOf(line);
      events.sendEventObjectArray(event, "Line");
    }
    return alerts;
  }

  private Object[] eventOf(String line) throws IOException {
    Object[] event = new Object[NAMES.length];
    try (JsonParser parser = json.createParser(line)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (!token.isScalarValue()) continue;
        switch (parser.currentName()) {
          case "@timestamp" -> event[0] = Instant.parse(parser.getText()).toEpochMilli();
          case "service" -> event[1] = parser.getText();
          case "order_id" -> event[2] = parser.getText();
          case "user_id" -> event[3] = parser.getText();
          case "duration_ms" -> event[4] = parser.getDoubleValue();
          default -> {}
        }
      }
    }
    return event;
  }
}
