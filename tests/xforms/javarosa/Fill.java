import java.io.BufferedReader;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.javarosa.core.model.Constants;
import org.javarosa.core.model.FormIndex;
import org.javarosa.core.model.SelectChoice;
import org.javarosa.core.model.ValidateOutcome;
import org.javarosa.core.model.data.DateData;
import org.javarosa.core.model.data.DecimalData;
import org.javarosa.core.model.data.IAnswerData;
import org.javarosa.core.model.data.IntegerData;
import org.javarosa.core.model.data.SelectMultiData;
import org.javarosa.core.model.data.SelectOneData;
import org.javarosa.core.model.data.StringData;
import org.javarosa.core.model.data.helper.Selection;
import org.javarosa.core.model.instance.TreeReference;
import org.javarosa.core.reference.PrefixedRootFactory;
import org.javarosa.core.reference.Reference;
import org.javarosa.core.reference.ReferenceManager;
import org.javarosa.form.api.FormEntryController;
import org.javarosa.form.api.FormEntryModel;
import org.javarosa.form.api.FormEntryPrompt;
import org.javarosa.model.xform.XFormSerializingVisitor;
import org.javarosa.test.Scenario;

/**
 * Fills forms as Collect does. It reads lines: `form PATH`, `answer NODE ROW BASE64`, `walk` (goes through the form once
 * and gives the answers so far; a blank one takes an answer back) and `finish`. For each `finish` it prints one line:
 * what was refused, what holds the form back, the nodes that were asked, and the instance in Base64.
 */
public class Fill {
    private static Scenario scenario;
    private static Map<String, String> answers = new HashMap<>();
    private static List<String> refused = new ArrayList<>();
    private static List<String> asked = new ArrayList<>();

    public static void main(String[] arguments) throws Exception {
        // JavaRosa writes to the standard output of its own accord.
        PrintStream out = System.out;
        System.setOut(System.err);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "form":
                    serve(new File(words[1]).getParentFile());
                    scenario = Scenario.init(new File(words[1]));
                    break;
                case "answer":
                    String said = words.length > 3 ? words[3] : "";
                    answers.put(words[1] + " " + words[2], new String(Base64.getDecoder().decode(said), StandardCharsets.UTF_8));
                    break;
                case "walk":
                    walk();
                    answers = new HashMap<>();
                    break;
                default:
                    out.println(finish());
                    out.flush();
                    scenario.newInstance();
                    refused = new ArrayList<>();
            }
        }
    }

    /** Makes the files of a folder the media of the form. */
    private static void serve(File folder) {
        ReferenceManager.instance().reset();
        ReferenceManager.instance().addReferenceFactory(new PrefixedRootFactory(new String[] {"file-csv", "file"}) {
            @Override
            protected Reference factory(String terminal, String uri) {
                return new Media(new File(folder, terminal), uri);
            }
        });
    }

    private static final class Media implements Reference {
        private final File file;
        private final String uri;

        Media(File file, String uri) {
            this.file = file;
            this.uri = uri;
        }

        @Override
        public String getLocalURI() {
            return file.getAbsolutePath();
        }

        @Override
        public String getURI() {
            return uri;
        }

        @Override
        public InputStream getStream() throws IOException {
            return new FileInputStream(file);
        }

        @Override
        public boolean doesBinaryExist() {
            return file.exists();
        }

        @Override
        public boolean isReadOnly() {
            return true;
        }

        @Override
        public OutputStream getOutputStream() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void remove() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Reference[] probeAlternativeReferences() {
            return new Reference[0];
        }
    }

    private static void walk() {
        FormEntryController controller = scenario.getFormEntryController();
        FormEntryModel model = controller.getModel();
        asked = new ArrayList<>();
        controller.jumpToIndex(FormIndex.createBeginningOfFormIndex());
        while (controller.stepToNextEvent() != FormEntryController.EVENT_END_OF_FORM) {
            if (controller.getModel().getEvent() != FormEntryController.EVENT_QUESTION) {
                continue;
            }
            TreeReference ref = model.getFormIndex().getReference();
            int row = 0;
            for (int level = 1; level < ref.size() - 1; level++) {
                row = Math.max(row, ref.getMultiplicity(level));
            }
            String name = ref.getNameLast();
            asked.add(name);
            String said = answers.get(name + " " + row);
            if (said == null) {
                continue;
            }
            FormEntryPrompt prompt = model.getQuestionPrompt();
            int result = controller.answerQuestion(said.isEmpty() ? null : data(prompt, said), true);
            if (result != FormEntryController.ANSWER_OK && !(said.isEmpty())) {
                refused.add(name);
            }
        }
    }

    private static IAnswerData data(FormEntryPrompt prompt, String said) {
        if (prompt.getControlType() == Constants.CONTROL_SELECT_ONE) {
            return new SelectOneData(selection(prompt, said));
        }
        if (prompt.getControlType() == Constants.CONTROL_SELECT_MULTI) {
            List<Selection> chosen = new ArrayList<>();
            for (String each : said.split(" ")) {
                chosen.add(selection(prompt, each));
            }
            return new SelectMultiData(chosen);
        }
        switch (prompt.getDataType()) {
            case Constants.DATATYPE_INTEGER:
                return new IntegerData(Integer.parseInt(said));
            case Constants.DATATYPE_DECIMAL:
                return new DecimalData(Double.parseDouble(said));
            case Constants.DATATYPE_DATE:
                return new DateData(Date.from(LocalDate.parse(said).atStartOfDay(ZoneId.systemDefault()).toInstant()));
            default:
                // A tick is the text OK.
                return new StringData(said);
        }
    }

    private static Selection selection(FormEntryPrompt prompt, String said) {
        for (SelectChoice each : prompt.getSelectChoices()) {
            if (each.getValue().equals(said)) {
                return each.selection();
            }
        }
        throw new IllegalArgumentException(prompt.getIndex().getReference() + " has no option " + said);
    }

    private static String finish() throws Exception {
        ValidateOutcome outcome = scenario.getValidationOutcome();
        String held = outcome == null || outcome.failedPrompt == null ? "-" : outcome.failedPrompt.getReference().getNameLast();
        scenario.finalizeInstance();
        byte[] xml = new XFormSerializingVisitor().serializeInstance(scenario.getFormDef().getMainInstance());
        String none = refused.isEmpty() ? "-" : String.join(",", refused);
        return none + " " + held + " " + (asked.isEmpty() ? "-" : String.join(",", asked)) + " " + Base64.getEncoder().encodeToString(xml);
    }
}
