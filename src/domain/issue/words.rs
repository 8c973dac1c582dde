//! The plain words of an issue: how urgent, from where, solved by whom, for which field of the city.
//!
//! Not the states and moves (`state`, `moves`). Invariant: a word, once stored, keeps its meaning.

use crate::domain::text_enum::text_enum;

text_enum! {
    /// How urgent an issue is; limits follow from category and priority.
    pub enum Priority {
        /// Danger to people, or many homes without water, power or a way out.
        Urgent => "urgent", "紧急";
        /// Cannot wait for its turn.
        High => "high", "较急";
        /// In its turn.
        Normal => "normal", "一般";
        /// When there is time.
        Low => "low", "不急";
    }
}

text_enum! {
    /// By which way an issue came.
    pub enum Source {
        /// A housekeeper on patrol.
        Housekeeper => "housekeeper", "红色小管家";
        /// A resident, signed in or not.
        Resident => "resident", "居民";
        /// A secretary, for somebody.
        Secretary => "secretary", "书记代报";
        /// The list of a meeting.
        Meeting => "meeting", "会议清单";
        /// The 12345 hotline.
        Hotline => "hotline", "12345热线";
        /// An Open311 client.
        Open311 => "open311", "Open311";
        /// A file of another system.
        Import => "import", "导入";
    }
}

text_enum! {
    /// At which level an issue was resolved (`domain.md` M15), from the nearest to the farthest.
    pub enum Level {
        /// By the keeper alone.
        Own => "self", "自行解决";
        /// By the party meeting of the compound.
        CompoundMeeting => "compound_meeting", "小区党组织会议";
        /// By the community.
        Community => "community", "社区";
        /// By the street.
        Street => "street", "街道";
        /// By the district.
        District => "district", "区县";
    }
}

impl Level {
    /// Whether it stayed inside the compound (小事不出小区).
    pub const fn within_compound(self) -> bool {
        matches!(self, Self::Own | Self::CompoundMeeting)
    }
}

text_enum! {
    /// The field of the city's roll-up that an issue counts for; one at most (`domain.md` M24).
    pub enum CityField {
        /// Epidemic prevention.
        Epidemic => "epidemic", "疫情防控";
        /// Civilised city.
        Civility => "civility", "文明创建";
        /// Conflict mediation.
        Mediation => "mediation", "矛盾调处";
        /// Public safety.
        Safety => "safety", "平安建设";
        /// Public opinion.
        Opinion => "opinion", "反映民意";
    }
}
