package dev.tallo.worker;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import org.junit.jupiter.api.Test;

/** Who may know whom. */
class ArrowsTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.tallo.worker");

  @Test
  void knows_no_code_of_another_service() {
    classes()
        .that()
        .resideInAPackage("dev.tallo.worker..")
        .should()
        .onlyDependOnClassesThat(
            DescribedPredicate.describe(
                "belong to this module, to messaging or to a library",
                type ->
                    !type.getPackageName().startsWith("dev.tallo.")
                        || type.getPackageName().startsWith("dev.tallo.worker")
                        || type.getPackageName().startsWith("dev.tallo.messaging")))
        .check(CLASSES);
  }

  @Test
  void its_packages_have_no_cycles() {
    SlicesRuleDefinition.slices()
        .matching("dev.tallo.worker.(*)..")
        .should()
        .beFreeOfCycles()
        .check(CLASSES);
  }

  @Test
  void what_people_write_tasks_with_knows_nothing_of_the_broker() {
    noClasses()
        .that()
        .resideInAnyPackage("dev.tallo.worker", "dev.tallo.worker.registry..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.rabbitmq..", "dev.tallo.messaging.broker..")
        .check(CLASSES);
  }
}
